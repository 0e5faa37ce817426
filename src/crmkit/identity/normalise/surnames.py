"""The surnames of Chinese: which there are, which have two characters, and how the unusual ones are read.

Source: the surnames of the national census reports (the first hundred in their order of 2020), the Hundred Family
Surnames, and the readings that dictionaries mark as those of the surname. Compiled in November 2026.
"""

from __future__ import annotations

__all__ = ["COMPOUND_SURNAMES", "SURNAMES", "SURNAME_READINGS"]

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚"
    "沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
    "汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴"
    "霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党"
    "宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠"
    "惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄"
    "平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊母裘亓修邰赫杭况那宿鲜印逯隆茹慕危玉银亢嵇公哈湛宾戎"
    "勾茅利呼居揭但尉冶斯元束檀衣信展阴昝智幸奉植衡富闭由钮逄庹佴乜弋隗郗郇眭笪訾贲妫恽厍折召种员过应祭句"
)
"""Surnames of one character, simplified, the most frequent first."""

COMPOUND_SURNAMES = (
    *(
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "皇甫",
        "尉迟",
        "东方",
        "令狐",
        "慕容",
        "司徒",
        "夏侯",
        "公孙",
        "轩辕",
        "钟离",
        "长孙",
    ),
    *(
        "宇文",
        "端木",
        "百里",
        "南宫",
        "独孤",
        "西门",
        "呼延",
        "澹台",
        "公冶",
        "太史",
        "申屠",
        "闻人",
        "万俟",
        "赫连",
        "濮阳",
    ),
    *(
        "淳于",
        "单于",
        "拓跋",
        "鲜于",
        "闾丘",
        "司空",
        "司寇",
        "仲孙",
        "亓官",
        "公羊",
        "谷梁",
        "宰父",
        "漆雕",
        "乐正",
        "壤驷",
    ),
    *(
        "公良",
        "夹谷",
        "第五",
        "梁丘",
        "左丘",
        "东郭",
        "南门",
        "羊舌",
        "微生",
        "东门",
        "段干",
        "巫马",
        "公西",
        "颛孙",
        "子车",
    ),
    *("完颜", "纳兰", "耶律", "那拉", "欧侯"),
)
"""Surnames of two characters, simplified; they are looked for before those of one."""

SURNAME_READINGS = (
    *(("单", "shan"), ("仇", "qiu"), ("曾", "zeng"), ("翟", "zhai"), ("查", "zha"), ("解", "xie"), ("区", "ou")),
    *(("朴", "piao"), ("盖", "ge"), ("乐", "yue"), ("任", "ren"), ("华", "hua"), ("纪", "ji"), ("过", "guo")),
    *(("宁", "ning"), ("尉", "wei"), ("覃", "qin"), ("缪", "miao"), ("员", "yun"), ("种", "chong"), ("逄", "pang")),
    *(("折", "she"), ("召", "shao"), ("哈", "ha"), ("隗", "wei"), ("郇", "xun"), ("车", "che"), ("葛", "ge")),
    *(("燕", "yan"), ("应", "ying"), ("祭", "zhai"), ("那", "na"), ("薄", "bo"), ("谌", "chen"), ("柏", "bai")),
    *(("贲", "ben"), ("费", "fei"), ("句", "gou"), ("相", "xiang"), ("牟", "mou"), ("佴", "nai"), ("宿", "su")),
    *(("冼", "xian"), ("郗", "xi"), ("胥", "xu"), ("乜", "nie"), ("臧", "zang"), ("俞", "yu"), ("盛", "sheng")),
    *(("石", "shi"), ("沈", "shen"), ("都", "du"), ("阚", "kan"), ("褚", "chu"), ("重", "chong"), ("洗", "xian")),
    *(("尉迟", "yuchi"), ("长孙", "zhangsun"), ("万俟", "moqi"), ("澹台", "tantai"), ("令狐", "linghu")),
    *(("单于", "chanyu"), ("夹谷", "jiagu"), ("乐正", "yuezheng"), ("宰父", "zaifu"), ("子车", "ziju")),
)
"""Surnames whose reading is not the characters' common one, or that libraries read otherwise."""
